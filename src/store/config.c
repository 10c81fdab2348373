#include "config.h"

#include "../sys/file.h"
#include "../sys/say.h"
#include "../sys/units.h"
#include "../sys/words.h"

#include <errno.h>
#include <profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define YEAR (365 * 86400)

enum kind { TEXT, PATH, DURATION, PERCENT, STALE, COMMAND, KEEP };

#define FIELD(member)                                                          \
	offsetof(struct config, member), sizeof(((struct config *)0)->member)

static const struct setting {
	const char *name;
	enum kind kind;
	size_t at, size;
	const char *def;
} settings[] = {
	{ "realm", TEXT, FIELD(realm), "" },
	{ "state_dir", PATH, FIELD(state_dir), "/var/lib/kdcsync" },
	{ "interval", DURATION, FIELD(interval), "5m" },
	{ "max_age", DURATION, FIELD(max_age), "20m" },
	{ "max_shrink", PERCENT, FIELD(max_shrink), "20%" },
	{ "signing_key", PATH, FIELD(signing_key), "" },
	{ "allowed_signers", PATH, FIELD(allowed_signers),
	    "/etc/kdcsync/allowed_signers" },
	{ "signer", TEXT, FIELD(signer), "" },
	{ "operator", TEXT, FIELD(operator), "" },
	{ "grant", PATH, FIELD(grant), "" },
	{ "keep", KEEP, FIELD(keep), "all 2h, 1h 2d, 1d 30d" },
	{ "on_stale", STALE, FIELD(on_stale), "refuse" },
	{ "primary", TEXT, FIELD(primary), "" },
	{ "expire", DURATION, FIELD(expire), "7d" },
	{ "on_sealed", COMMAND, FIELD(on_sealed), "" },
	{ "on_verdict", COMMAND, FIELD(on_verdict), "" },
	{ "stop_kdc", COMMAND, FIELD(stop_kdc), "systemctl stop " UNIT_KDC },
	{ "apply_socket", PATH, FIELD(apply_socket),
	    "/run/kdcsync/apply.socket" },
	{ "lock_wait", DURATION, FIELD(lock_wait), "30s" },
	{ "deadline", DURATION, FIELD(deadline), "5m" },
	{ "max_transfer", DURATION, FIELD(max_transfer), "6h" },
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

int
config_duration(const char *text, int64_t *seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	int64_t sum = 0, n;
	size_t u = 0;

	if (*text == '\0')
		return -1;
	while (*text != '\0') {
		if (*text < '0' || *text > '9')
			return -1;
		for (n = 0; *text >= '0' && *text <= '9'; text++) {
			n = n * 10 + (*text - '0');
			if (n > 100LL * YEAR)
				return -1;
		}
		/* Units from large to small, each once; none means seconds. */
		while (*text != '\0' && u < 4 && units[u].unit != *text)
			u++;
		if (*text == '\0' && u < 4) {
			sum += n;
			break;
		}
		if (u == 4)
			return -1;
		sum += n * units[u++].seconds;
		text++;
	}
	if (sum > 100LL * YEAR)
		return -1;
	*seconds = sum;
	return 0;
}

static int
set_duration(const char *text, int64_t *value)
{
	/* "0" would mean that nothing is ever fresh, or never waits. */
	if (config_duration(text, value) == -1 || *value < 1 || *value > YEAR)
		return -1;
	return 0;
}

static int
set_percent(const char *text, unsigned *value)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9')
		return -1;
	n = strtoul(text, &end, 10);
	if (*end == '%')
		end++;
	if (*end != '\0' || n > 100)
		return -1;
	*value = (unsigned)n;
	return 0;
}

static int
set_stale(const char *text, enum on_stale *value)
{
	if (strcmp(text, "refuse") == 0)
		*value = STALE_REFUSE;
	else if (strcmp(text, "refuse-if-primary-answers") == 0)
		*value = STALE_REFUSE_IF_PRIMARY_ANSWERS;
	else
		return -1;
	return 0;
}

static int
check_command(const char *text)
{
	const char *why;
	char **words;

	if (text[0] == '\0')
		return 0;
	words = words_split(text, &why);
	free(words);
	return words == NULL ? -1 : 0;
}

/* One value into its field.  -1: it is no such thing; in what, if *why is not
 * NULL. */
static int
set(struct config *c, const struct setting *k, const char *text,
    const char **why)
{
	void *field = (char *)c + k->at;

	*why = NULL;
	switch (k->kind) {
	case DURATION:
		return set_duration(text, field);
	case PERCENT:
		return set_percent(text, field);
	case STALE:
		return set_stale(text, field);
	case KEEP:
		return keep_decode(text, field, why);
	case PATH:
		if (text[0] != '\0' && text[0] != '/')
			return -1;
		break;
	case COMMAND:
		if (check_command(text) == -1)
			return -1;
		break;
	case TEXT:
		break;
	}
	/* State files add their names to state_dir. */
	if (strlen(text) + (k->kind == PATH ? 128 : 1) > k->size)
		return -1;
	strcpy(field, text);
	return 0;
}

static const char *
expected(enum kind kind)
{
	static const char *const words[] = {
		[TEXT] = "a text that is not too long",
		[PATH] = "an absolute path",
		[DURATION] = "a length of time like 5m, 1h30m or 2d",
		[PERCENT] = "a percentage from 0% to 100%",
		[STALE] = "refuse or refuse-if-primary-answers",
		[COMMAND] = "a command whose quotes are closed",
		[KEEP] = "rules like all 2h, 1h 2d, 1d 30d, or none",
	};

	return words[kind];
}

/* All values of a name; more than one is an error here. */
static int
one_value(
    const struct config *c, profile_t prof, const char **names, char **value)
{
	const char *last = names[0];
	char **values = NULL;
	long code;
	int rc = -1;

	for (size_t i = 0; names[i] != NULL; i++)
		last = names[i];
	*value = NULL;
	code = profile_get_values(prof, names, &values);
	if (code != 0 || values[0] == NULL || values[0][0] == '\0') {
		say("%s: %s: has no value, or is a section; see "
		    "kdcsync.conf(5)",
		    c->path, last);
		goto out;
	}
	if (values[1] != NULL) {
		say("%s: %s: stands there twice; keep one", c->path, last);
		goto out;
	}
	if (values[0][0] == '#' || strstr(values[0], " #") != NULL ||
	    strstr(values[0], "\t#") != NULL) {
		say("%s: %s: a comment must stand on a line of its own",
		    c->path, last);
		goto out;
	}
	*value = strdup(values[0]);
	rc = *value == NULL ? -1 : 0;
out:
	if (code == 0)
		profile_free_list(values);
	return rc;
}

static int
read_key(struct config *c, profile_t prof, const char *name)
{
	const char *names[] = { "kdcsync", name, NULL };
	const struct setting *k = settings;
	const char *why;
	char *value;
	int rc;

	while (k < settings + SETTINGS && strcmp(k->name, name) != 0)
		k++;
	if (k == settings + SETTINGS) {
		say("%s: %s: no such setting; see kdcsync.conf(5)", c->path,
		    name);
		return -1;
	}
	if (one_value(c, prof, names, &value) == -1)
		return -1;
	rc = set(c, k, value, &why);
	if (rc == -1 && why != NULL)
		say("%s: %s = %s: %s", c->path, name, value, why);
	else if (rc == -1)
		say("%s: %s = %s: not %s", c->path, name, value,
		    expected(k->kind));
	free(value);
	return rc;
}

static int
read_replica_key(struct config *c, profile_t prof, struct config_replica *r,
    const char *name)
{
	const char *names[] = { "kdcsync", "replicas", r->name, name, NULL };
	enum kind kind = DURATION;
	char *value;
	int rc = -1;

	if (one_value(c, prof, names, &value) == -1)
		return -1;
	if (strcmp(name, "command") == 0) {
		kind = COMMAND;
		rc = value[0] == '\0' ? -1 : check_command(value);
		if (rc == 0) {
			r->command = value;
			value = NULL;
		}
	} else if (strcmp(name, "deadline") == 0) {
		rc = set_duration(value, &r->deadline);
	} else if (strcmp(name, "max_transfer") == 0) {
		rc = set_duration(value, &r->max_transfer);
	} else {
		say("%s: replica %s: %s: no such setting; see "
		    "kdcsync.conf(5)",
		    c->path, r->name, name);
		goto out;
	}
	if (rc == -1)
		say("%s: replica %s: %s = %s: not %s", c->path, r->name, name,
		    value, expected(kind));
out:
	free(value);
	return rc;
}

/* Calls fn with each name below names. */
static int
each_name(struct config *c, profile_t prof, const char **names,
    int (*fn)(struct config *, profile_t, const char *, void *), void *arg)
{
	void *it = NULL;
	char *name = NULL, *value = NULL;
	int rc = 0;
	long code;

	code = profile_iterator_create(
	    prof, names, PROFILE_ITER_LIST_SECTION, &it);
	while (code == 0 && rc == 0) {
		code = profile_iterator(&it, &name, &value);
		if (code != 0 || name == NULL)
			break;
		rc = fn(c, prof, name, arg);
		profile_release_string(name);
		profile_release_string(value);
	}
	profile_iterator_free(&it);
	if (code != 0) {
		say("%s: cannot be read: profile error %ld", c->path, code);
		rc = -1;
	}
	return rc;
}

static int
on_replica_key(struct config *c, profile_t prof, const char *name, void *arg)
{
	return read_replica_key(c, prof, arg, name);
}

/* A replica's name is a file name in our state directory. */
static bool
good_name(const char *name)
{
	return name[0] != '.' && strlen(name) < 128 &&
	    name[strspn(name,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:")] == '\0';
}

static int
on_replica(struct config *c, profile_t prof, const char *name, void *arg)
{
	const char *names[] = { "kdcsync", "replicas", name, NULL };
	struct config_replica *r;

	(void)arg;
	if (!good_name(name)) {
		say("%s: replica %s: not a host name", c->path, name);
		return -1;
	}
	for (size_t i = 0; i < c->n_replicas; i++)
		if (strcmp(c->replicas[i].name, name) == 0) {
			say("%s: replica %s: stands there twice", c->path,
			    name);
			return -1;
		}
	r = reallocarray(c->replicas, c->n_replicas + 1, sizeof(*r));
	if (r == NULL)
		return -1;
	c->replicas = r;
	r += c->n_replicas++;
	*r = (struct config_replica){ strdup(name), NULL, 120, 3600 };
	if (r->name == NULL)
		return -1;
	if (each_name(c, prof, names, on_replica_key, r) == -1)
		return -1;
	if (r->command == NULL) {
		say("%s: replica %s: has no command", c->path, name);
		return -1;
	}
	return 0;
}

static int
on_key(struct config *c, profile_t prof, const char *name, void *arg)
{
	const char *names[] = { "kdcsync", "replicas", NULL };
	char **values;

	*(bool *)arg = true;
	if (strcmp(name, "replicas") != 0)
		return read_key(c, prof, name);
	if (profile_get_values(prof, names, &values) == 0) {
		profile_free_list(values);
		say("%s: replicas: has a value; it is a subsection, see "
		    "kdcsync.conf(5)",
		    c->path);
		return -1;
	}
	return each_name(c, prof, names, on_replica, NULL);
}

/* Whoever can write it can make us run commands. */
static int
check_owner(const char *path)
{
	if (access(path, R_OK) == -1) {
		say("%s: %s; -c or KDCSYNC_CONFIG names another", path,
		    strerror(errno));
		return -1;
	}
	return file_guarded(path);
}

static const char *
profile_words(long code)
{
	switch (code) {
	case PROF_SECTION_SYNTAX:
		return "a [section] line without its ]";
	case PROF_SECTION_NOTOP:
	case PROF_RELATION_SYNTAX:
		return "a line that is no name = value, or one before the "
		       "first [section]";
	case PROF_EXTRA_CBRACE:
		return "a } too many";
	case PROF_MISSING_OBRACE:
		return "a subsection without its {";
	default:
		return "it cannot be read";
	}
}

int
config_read(const char *path, struct config *c)
{
	const char *names[] = { "kdcsync", NULL };
	const char *files[] = { NULL, NULL };
	const char *why;
	profile_t prof = NULL;
	bool any = false;
	long code;
	int rc = -1;

	memset(c, 0, sizeof(*c));
	if (path == NULL)
		path = secure_getenv("KDCSYNC_CONFIG");
	if (path == NULL)
		path = CONFIG_PATH;
	if (snprintf(c->path, sizeof(c->path), "%s", path) >= PATH_MAX ||
	    check_owner(path) == -1)
		return -1;
	for (size_t i = 0; i < SETTINGS; i++)
		(void)set(c, &settings[i], settings[i].def, &why);
	/* Not profile_init_path, for which a colon makes two files of one. */
	files[0] = path;
	code = profile_init(files, &prof);
	if (code != 0) {
		say("%s: not in krb5 profile syntax: %s; see kdcsync.conf(5)",
		    path, profile_words(code));
		return -1;
	}
	rc = each_name(c, prof, names, on_key, &any);
	profile_release(prof);
	if (rc == 0 && !any) {
		say("%s: no [kdcsync] section; see kdcsync.conf(5)", path);
		rc = -1;
	}
	return rc;
}

void
config_release(struct config *c)
{
	for (size_t i = 0; i < c->n_replicas; i++) {
		free(c->replicas[i].name);
		free(c->replicas[i].command);
	}
	free(c->replicas);
	memset(c, 0, sizeof(*c));
}

static void
print_key(const struct config *c, const struct setting *k)
{
	const void *field = (const char *)c + k->at;
	char rules[KEEP_TEXT];

	switch (k->kind) {
	case DURATION:
		printf("%s = %llds\n", k->name,
		    (long long)*(const int64_t *)field);
		break;
	case PERCENT:
		printf("%s = %u%%\n", k->name, *(const unsigned *)field);
		break;
	case STALE:
		printf("%s = %s\n", k->name,
		    *(const enum on_stale *)field == STALE_REFUSE
			? "refuse"
			: "refuse-if-primary-answers");
		break;
	case KEEP:
		keep_encode(field, rules);
		printf("%s = %s\n", k->name, rules);
		break;
	case TEXT:
	case PATH:
	case COMMAND:
		if (*(const char *)field != '\0')
			printf("%s = %s\n", k->name, (const char *)field);
		break;
	}
}

void
config_print(const struct config *c)
{
	printf("# %s\n", c->path);
	for (size_t i = 0; i < SETTINGS; i++)
		print_key(c, &settings[i]);
	for (size_t i = 0; i < c->n_replicas; i++)
		printf("replica %s: command = %s\nreplica %s: deadline = "
		       "%llds, max_transfer = %llds\n",
		    c->replicas[i].name, c->replicas[i].command,
		    c->replicas[i].name, (long long)c->replicas[i].deadline,
		    (long long)c->replicas[i].max_transfer);
}
