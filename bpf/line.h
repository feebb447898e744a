/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * A line of text, made on the reader's desk. Words of eight digits are stored whole, and what is too much of one is
 * overwritten by what follows. Where the line ends is kept within bounds by a mask, which the verifier asks for, and which
 * changes nothing: text.h says why no line is so long.
 */
#ifndef PLUMBLINE_LINE_H
#define PLUMBLINE_LINE_H

#include "desk.h"
#include "digits.h"

#define WITHIN_LINE(at) ((at) & (LINE_BYTES - 1))

INLINE void put_word(struct desk *desk, u32 at, u64 text)
{
	*(u64 *)&desk->line[WITHIN_LINE(at)] = in_text_order(text);
}

INLINE u32 put_byte(struct desk *desk, u32 at, char byte)
{
	desk->line[WITHIN_LINE(at)] = byte;
	return WITHIN_LINE(at + 1);
}

/* A number of at most eight digits. */
INLINE u32 put_small(struct desk *desk, u32 at, u64 number)
{
	u64 digits = decimal_digits(number);
	u32 zeros = leading_zeros(digits);

	put_word(desk, at, (digits | BYTES('0')) >> (zeros * 8));
	return WITHIN_LINE(at + 8 - zeros);
}

INLINE u32 put_eight(struct desk *desk, u32 at, u64 number)
{
	put_word(desk, at, decimal_digits(number) | BYTES('0'));
	return WITHIN_LINE(at + 8);
}

/* A number of more than eight digits, as far as twenty. */
__attribute__((noinline)) u32 put_large(struct desk *desk, u32 at, u64 number)
{
	u64 upper = number / EIGHT_DIGITS;
	u64 top;

	if (!desk)
		return 0;
	if (upper < EIGHT_DIGITS) {
		at = put_small(desk, at, upper);
	} else {
		top = upper / EIGHT_DIGITS;
		at = put_small(desk, at, top);
		at = put_eight(desk, at, upper - top * EIGHT_DIGITS);
	}
	return put_eight(desk, at, number - upper * EIGHT_DIGITS);
}

/* Most numbers are of one digit, or of few. */
INLINE u32 put_number(struct desk *desk, u32 at, u64 number)
{
	if (number < 10)
		return put_byte(desk, at, '0' + number);
	return number < EIGHT_DIGITS ? put_small(desk, at, number) : WITHIN_LINE(put_large(desk, at, number));
}

INLINE u32 put_signed(struct desk *desk, u32 at, s64 number)
{
	if (number >= 0)
		return put_number(desk, at, number);
	at = put_byte(desk, at, '-');
	return WITHIN_LINE(put_large(desk, at, -(u64)number));
}

/* A device and an inode: 24 digits. */
INLINE u32 put_file(struct desk *desk, u32 at, u32 dev, u64 ino)
{
	put_word(desk, at, hex_digits(highest_first(dev)));
	put_word(desk, at + 8, hex_digits(highest_first((u32)(ino >> 32))));
	put_word(desk, at + 16, hex_digits(highest_first((u32)ino)));
	return WITHIN_LINE(at + 24);
}

/* Eight bytes of a name: 16 digits. */
INLINE void put_bytes(struct desk *desk, u32 at, const char *bytes)
{
	put_word(desk, at, hex_digits(as_in_memory(((const u32 *)bytes)[0])));
	put_word(desk, at + 8, hex_digits(as_in_memory(((const u32 *)bytes)[1])));
}

#endif
