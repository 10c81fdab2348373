#include "name.h"

#include <string.h>

/* What libkrb5 escapes: its lib/krb5/krb/unparse.c, copy_component_quoting(). */
static bool
plain(char c)
{
	switch (c) {
	case '/':
	case '@':
	case '\\':
	case '\t':
	case '\n':
	case '\b':
	case '\0':
		return false;
	default:
		return true;
	}
}

/* Appends a component or the realm, and end.  false: a byte needs an escape, or
 * memory is short. */
static bool
add_plain(struct bytes *to, const krb5_data *part, char end)
{
	char *q;

	if (bytes_reserve(to, (size_t)part->length + 1) == -1)
		return false;
	q = to->p + to->len;
	for (unsigned i = 0; i < part->length; i++) {
		if (!plain(part->data[i]))
			return false;
		q[i] = part->data[i];
	}
	q[part->length] = end;
	to->len += (size_t)part->length + 1;
	return true;
}

static bool
unparse_plain(krb5_const_principal princ, struct bytes *to)
{
	const krb5_int32 n = princ->length;

	to->len = 0;
	for (krb5_int32 i = 0; i < n; i++) {
		if (!add_plain(to, &princ->data[i], i + 1 < n ? '/' : '@'))
			return false;
	}
	return n > 0 && add_plain(to, &princ->realm, '\0');
}

int
name_unparse(krb5_context ctx, krb5_const_principal princ, struct bytes *pool,
    char **name, struct span *text)
{
	*name = NULL;
	if (unparse_plain(princ, pool)) {
		*text = (struct span){ pool->p, pool->len - 1 };
		return 0;
	}
	if (krb5_unparse_name(ctx, princ, name) != 0)
		return -1;
	*text = (struct span){ *name, strlen(*name) };
	return 0;
}
