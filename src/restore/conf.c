#include "conf.h"

#include "../sys/newfile.h"
#include "../sys/say.h"

#include <stdio.h>
#include <stdlib.h>

static void
client(FILE *f, const struct place *p, unsigned port)
{
	fprintf(f,
	    "# Of kdc-restore, for the database in %s only.\n"
	    "[libdefaults]\n"
	    "    default_realm = %s\n"
	    "    dns_lookup_kdc = false\n"
	    "    dns_lookup_realm = false\n"
	    "    dns_canonicalize_hostname = false\n"
	    "    rdns = false\n"
	    "    udp_preference_limit = 1\n"
	    "[realms]\n"
	    "    %s = {\n",
	    p->db_dir, p->realm, p->realm);
	if (port != 0)
		fprintf(f, "        kdc = 127.0.0.1:%u\n", port);
	fprintf(f, "    }\n");
}

/* An empty list of addresses is one that krb5kdc does not start with; without
 * any it would take port 88 of all of them. */
static void
kdc(FILE *f, const struct place *p, unsigned port)
{
	char at[32] = "\"\"";

	if (port != 0)
		(void)snprintf(at, sizeof(at), "127.0.0.1:%u", port);
	fprintf(f,
	    "# Of kdc-restore, for the database in %s only.\n"
	    "[kdcdefaults]\n"
	    "    kdc_listen = %s\n"
	    "    kdc_tcp_listen = %s\n"
	    "[realms]\n"
	    "    %s = {\n"
	    "        database_name = %s\n"
	    "        key_stash_file = %s\n"
	    "        acl_file = %s\n",
	    p->db_dir, at, at, p->realm, p->db, p->stash, p->acl);
	if (p->mkey_name[0] != '\0')
		fprintf(f, "        master_key_name = %s\n", p->mkey_name);
	fprintf(f,
	    "    }\n"
	    "[logging]\n"
	    "    default = FILE:%s/krb5kdc.log\n",
	    p->db_dir);
}

static int
put(const char *path, void (*fn)(FILE *, const struct place *, unsigned),
    const struct place *p, unsigned port)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int rc = -1;

	if (f != NULL)
		fn(f, p, port);
	if (f == NULL || fclose(f) != 0)
		say("%s: memory is short", path);
	else
		rc = newfile_put(path, text, size);
	free(text);
	return rc;
}

int
conf_write(const struct place *p, unsigned port)
{
	if (put(p->krb5_conf, client, p, port) == -1)
		return -1;
	return put(p->kdc_conf, kdc, p, port);
}
