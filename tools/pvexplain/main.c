// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* pvexplain: options, and which output. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"

#define MAX_CHOSEN	64

static const char help[] =
	"usage: pvexplain IMAGE [OPTION]...\n"
	"\n"
	"What every site of IMAGE becomes on each of its backends, before anything boots:\n"
	"nop, inline or call; of gates jump (it stays), nop, or lead (it is prefixes of the\n"
	"instruction behind it); unused is the call behind a gate that is no jump any more;\n"
	"left is what cannot be patched.\n"
	"\n"
	"  --backend NAME      this one alone, every op with its bytes; may be given again\n"
	"  --diff A B          sites that differ between two backends\n"
	"  --function F        a function (name or address) as it is executed, side by side\n"
	"  --pairs A B         functions A... and B... in pairs: do they execute the same?\n"
	"  --forms FILE        one backend more: what a running guest said (console, `forms`)\n"
	"  --json              one object, all sites\n"
	"  --html FILE         one page that needs nothing else\n"
	"  --write FILE        the image as --backend leaves it\n"
	"  -h, --help          this\n"
	"\n"
	"Exit status: 0; 1 if a site cannot be patched or a pair differs; 2 for bad input.\n";

struct choice {
	const char *image, *function, *diff[2], *pairs[2], *forms, *html, *write;
	const char *names[MAX_CHOSEN];
	u32 nr_names;
	bool json;
};

enum { BACKEND = 256, DIFF, FUNCTION, PAIRS, FORMS, JSON, HTML, WRITE, HELP };

static const struct option options[] = {
	{ "backend", required_argument, NULL, BACKEND },
	{ "diff", required_argument, NULL, DIFF },
	{ "function", required_argument, NULL, FUNCTION },
	{ "pairs", required_argument, NULL, PAIRS },
	{ "forms", required_argument, NULL, FORMS },
	{ "json", no_argument, NULL, JSON },
	{ "html", required_argument, NULL, HTML },
	{ "write", required_argument, NULL, WRITE },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static void fail(const char *about, const char *why)
{
	fprintf(stderr, "pvexplain: %s: %s\n", about, why);
	exit(2);
}

/* The second word of an option that has two. */
static const char *second(int argc, char **argv, const char *option)
{
	if (optind >= argc)
		fail(option, "wants two words");
	return argv[optind++];
}

static void parse(int argc, char **argv, struct choice *choice)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case BACKEND:
			if (choice->nr_names == MAX_CHOSEN)
				fail(optarg, "too many backends");
			choice->names[choice->nr_names++] = optarg;
			break;
		case DIFF:
			choice->diff[0] = optarg;
			choice->diff[1] = second(argc, argv, "--diff");
			break;
		case FUNCTION:
			choice->function = optarg;
			break;
		case PAIRS:
			choice->pairs[0] = optarg;
			choice->pairs[1] = second(argc, argv, "--pairs");
			break;
		case FORMS:
			choice->forms = optarg;
			break;
		case JSON:
			choice->json = true;
			break;
		case HTML:
			choice->html = optarg;
			break;
		case WRITE:
			choice->write = optarg;
			break;
		case 'h':
		case HELP:
			fputs(help, stdout);
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind + 1 != argc)
		fail(optind < argc ? argv[optind] : "no image", "see --help");
	choice->image = argv[optind];
}

static struct backend *chosen_one(const struct world *world, const char *name)
{
	struct backend *backend = forms_named(world, name);

	if (!backend)
		fail(name, "the image has no such backend");
	return backend;
}

/* Those that others stand on come first. */
static u32 all_of_them(const struct world *world, struct backend **chosen)
{
	u32 nr = 0;

	for (int based = 0; based < 2; based++)
		for (u32 i = 0; i < world->nr_backends; i++)
			if (based == !!world->backends[i].base)
				chosen[nr++] = world->backends + i;
	return nr;
}

/* Which of the outputs; how the tool ends. */
static int show(struct world *world, const struct choice *choice, struct backend **chosen, u32 nr)
{
	bool ok = true;

	if (choice->html && !write_html(world, choice->html, chosen, nr))
		return 2;
	if (choice->write && nr != 1)
		fail("--write", "for one --backend");
	if (choice->write && !write_image(world, choice->write, chosen[0]))
		return 2;
	if (choice->pairs[0])
		ok = print_pairs(world, choice->nr_names ? chosen[0] : chosen_one(world, "native"),
				 choice->pairs[0], choice->pairs[1], choice->json);
	else if (choice->diff[0])
		print_diff(world, chosen_one(world, choice->diff[0]),
			   chosen_one(world, choice->diff[1]));
	else if (choice->function) {
		if (!print_function(world, choice->function, chosen, nr))
			fail(choice->function, "the image has no such function");
	} else if (choice->json)
		print_json(world, chosen, nr);
	else if (nr == 1)
		print_backend(world, chosen[0]);
	else if (!choice->html)
		print_matrix(world, chosen, nr);
	for (u32 i = 0; i < nr; i++)
		ok &= !chosen[i]->stats.failed;
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	/* Here to the end, which frees them. */
	static struct image *image;
	static struct world world;
	struct backend *chosen[MAX_CHOSEN];
	struct choice choice = { 0 };
	struct image_error error;
	u32 nr = 0;

	parse(argc, argv, &choice);
	image = image_open(choice.image, NULL, &error);
	if (!image || !world_make(&world, image, &error) ||
	    (choice.forms && !forms_said(&world, choice.forms, &error)))
		fail(choice.image, error.text);
	if (world.nr_backends > MAX_CHOSEN)
		fail(choice.image, "too many backends");
	for (u32 i = 0; i < world.nr_backends; i++)
		world_patch(&world, world.backends + i);
	for (u32 i = 0; i < choice.nr_names; i++)
		chosen[nr++] = chosen_one(&world, choice.names[i]);
	if (!choice.nr_names)
		nr = all_of_them(&world, chosen);
	return show(&world, &choice, chosen, nr);
}
