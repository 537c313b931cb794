// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The target of exec: its argument's first letter says what to do. */
#include "lib.h"

int main(const char *arg)
{
	return arg[0] == 'x' ? 42 : 7;
}
