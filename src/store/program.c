#include "program.h"

#include "../sys/say.h"
#include "../sys/work.h"

#include <sysexits.h>

int
program_option(struct program *p, int option, const char *arg)
{
	switch (option) {
	case 'c':
		p->config_path = arg;
		return PROGRAM_GO;
	case 'r':
		p->realm = arg;
		return PROGRAM_GO;
	case 'q':
		p->quiet = true;
		return PROGRAM_GO;
	case 'd':
		p->debug = true;
		return PROGRAM_GO;
	case PROGRAM_CHECK:
		p->check = true;
		return PROGRAM_GO;
	case 'V':
		printf("%s %s, krb5 %s\n", p->name, KDCSYNC_VERSION,
		    place_krb5_version());
		return EX_OK;
	case 'h':
		p->usage(stdout);
		return EX_OK;
	default:
		p->usage(stderr);
		return p->bad_usage;
	}
}

int
program_configure(struct program *p)
{
	say_level(p->quiet, p->debug);
	work_watch(p->quiet);
	if (config_read(p->config_path, &p->config) == -1)
		return EX_CONFIG;
	if (!p->check)
		return PROGRAM_GO;
	config_print(&p->config);
	return EX_OK;
}

int
program_begin(struct program *p)
{
	const char *realm = p->realm;
	int rc = program_configure(p);

	if (rc != PROGRAM_GO)
		return rc;
	if (realm == NULL && p->config.realm[0] != '\0')
		realm = p->config.realm;
	return place_find(realm, &p->place) == 0 ? PROGRAM_GO : EX_CONFIG;
}

void
program_end(struct program *p)
{
	config_release(&p->config);
}
