/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Numbers as digits, eight at a time in a word: the first digit in the lowest byte, which memory gets first.
 */
#ifndef PLUMBLINE_DIGITS_H
#define PLUMBLINE_DIGITS_H

#include "helpers.h"

#define BYTES(byte) (0x0101010101010101ULL * (byte))
#define EIGHT_DIGITS 100000000u

/* Eight decimal digits, 0 to 9 each, of a number that has no more. The factors divide by 10^4, 10^2 and 10. */
INLINE u64 decimal_digits(u64 number)
{
	u64 upper = (number * 109951163) >> 40;
	u64 fours = upper | ((number - upper * 10000) << 32);
	u64 hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007fULL;
	u64 twos = hundreds | ((fours - hundreds * 100) << 16);
	u64 tens = ((twos * 103) >> 10) & 0x000f000f000f000fULL;

	return tens | ((twos - tens * 10) << 8);
}

/* How many of eight bytes, from the lowest, are below the first that is marked by its highest bit; 8 where none is. */
INLINE u32 bytes_below(u64 marks)
{
	u64 below = (marks - 1) & ~marks & BYTES(0x01);

	return marks ? (u32)((below * BYTES(0x01)) >> 56) - 1 : 8;
}

/* How many of eight digits are leading zeros; of 0, all but the last. */
INLINE u32 leading_zeros(u64 digits)
{
	u64 marks = (digits + BYTES(0x7f)) & BYTES(0x80);

	/* Of the byte that is marked, the bits below its mark count one too many: so 0 counts eight, and one is taken off. */
	return (u32)((((marks - 1) & ~marks & BYTES(0x01)) * BYTES(0x01)) >> 56) - 1;
}

/* Hexadecimal digits of four bytes, that of the lowest first. */
INLINE u64 hex_digits(u32 bytes)
{
	u64 pairs = bytes, digits;

	pairs = (pairs | (pairs << 16)) & 0x0000ffff0000ffffULL;
	pairs = (pairs | (pairs << 8)) & 0x00ff00ff00ff00ffULL;
	digits = ((pairs >> 4) & BYTES(0x0f)) | ((pairs & 0x000f000f000f000fULL) << 8);
	/* Those from ten on get what lies between '9' and 'a'. */
	return digits + BYTES(0x30) + (((digits + BYTES(0x06)) >> 4) & BYTES(0x01)) * 0x27;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define in_text_order(word) (word)
#define highest_first(number) __builtin_bswap32(number)
#define as_in_memory(word) (word)
#else
#define in_text_order(word) __builtin_bswap64(word)
#define highest_first(number) __builtin_bswap32(number)
#define as_in_memory(word) __builtin_bswap32(word)
#endif

#endif
