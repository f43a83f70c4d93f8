/* crc32.h - CRC-32 as in E.CRC32, zlib and Ethernet (IEEE 802.3 clause 3.2.9). */
#ifndef CRC32_H
#define CRC32_H
#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const uint8_t *data, size_t length);
#endif
