/* The compiled catalogues, byte for byte. */
    .section .rodata
    .balign 4
#define CATALOGUE(name, file) \
    .global catalogue_##name ; \
    .balign 4 ; \
catalogue_##name: \
    .incbin file ; \
    .global catalogue_##name##_end ; \
catalogue_##name##_end:

CATALOGUE(ro, "ro.mo")
CATALOGUE(ru, "ru.mo")
CATALOGUE(lt, "lt.mo")
CATALOGUE(pl, "pl.mo")

    .section .note.GNU-stack,"",%progbits
