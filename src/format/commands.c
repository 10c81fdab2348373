#include "commands.h"

#include <string.h>

enum {
	END = 0x00,
	LITERAL = 0x40,	  /* 01 to 40: a literal of that length */
	LITERAL_N = 0x41, /* 41 to 44: its length in 1, 2, 4, 8 bytes */
	COPY_N = 0x45	  /* 45 to 54: position and length, each in as many */
};

static const char magic[4] = { 'r', 's', 0x02, 0x36 };

/* In how many bytes, as a power of 2? */
static unsigned
width(uint64_t n)
{
	if (n > UINT32_MAX)
		return 3;
	if (n > UINT16_MAX)
		return 2;
	return n > UINT8_MAX ? 1 : 0;
}

/* Big-endian. */
static char *
put(char *to, uint64_t n, unsigned w)
{
	for (unsigned left = 1u << w; left > 0; left--)
		*to++ = (char)(n >> (8 * (left - 1)) & 0xff);
	return to;
}

static int
take(struct span *s, unsigned w, uint64_t *n)
{
	const size_t len = (size_t)1 << w;

	if (s->len < len)
		return -1;
	*n = 0;
	for (size_t i = 0; i < len; i++)
		*n = *n << 8 | (unsigned char)s->p[i];
	s->p += len;
	s->len -= len;
	return 0;
}

size_t
command_begin(char text[COMMAND_MAX])
{
	memcpy(text, magic, sizeof(magic));
	return sizeof(magic);
}

size_t
command_encode(const struct command *c, char text[COMMAND_MAX])
{
	const unsigned at = width(c->at), len = width(c->len);
	char *to = text;

	switch (c->kind) {
	case COMMAND_END:
		*to++ = END;
		break;
	case COMMAND_COPY:
		*to++ = (char)(COPY_N + 4 * at + len);
		to = put(to, c->at, at);
		to = put(to, c->len, len);
		break;
	case COMMAND_LITERAL:
		if (c->len <= LITERAL) {
			*to++ = (char)c->len;
			break;
		}
		*to++ = (char)(LITERAL_N + len);
		to = put(to, c->len, len);
		break;
	}
	return (size_t)(to - text);
}

int
command_open(struct span *delta)
{
	if (delta->len < sizeof(magic) ||
	    memcmp(delta->p, magic, sizeof(magic)) != 0)
		return -1;
	delta->p += sizeof(magic);
	delta->len -= sizeof(magic);
	return 0;
}

static int
take_literal(struct span *s, struct command *c)
{
	c->kind = COMMAND_LITERAL;
	if (c->len == 0 || c->len > s->len)
		return -1;
	c->literal = (struct span){ s->p, (size_t)c->len };
	s->p += c->len;
	s->len -= (size_t)c->len;
	return 0;
}

int
command_next(struct span *delta, struct command *c)
{
	unsigned op;

	*c = (struct command){ .kind = COMMAND_END };
	if (delta->len == 0)
		return -1;
	op = (unsigned char)*delta->p++;
	delta->len--;
	if (op == END)
		return 0;
	if (op <= LITERAL) {
		c->len = op;
		return take_literal(delta, c);
	}
	if (op < COPY_N)
		return take(delta, op - LITERAL_N, &c->len) == -1
		    ? -1
		    : take_literal(delta, c);
	if (op >= COPY_N + 16)
		return -1;
	c->kind = COMMAND_COPY;
	if (take(delta, (op - COPY_N) / 4, &c->at) == -1 ||
	    take(delta, (op - COPY_N) % 4, &c->len) == -1)
		return -1;
	return c->len == 0 ? -1 : 0;
}
