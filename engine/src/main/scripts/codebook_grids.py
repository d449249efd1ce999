"""Writes codebook-grids.bin, the number tables of GGUF's IQ types. Needs the Python package gguf (values of 0.19.0).

An index takes 16 bits, little-endian: the positions of its values in the type's own list of values (grid_map), two bits
each where it stands for eight values, three where it stands for four. Order: IQ2_XXS, IQ2_XS, IQ2_S, IQ1, IQ3_XXS, IQ3_S.

usage: codebook_grids.py TARGET
"""
import struct
import sys

from gguf import quants

with open(sys.argv[1], "wb") as target:
    for kind in (quants.IQ2_XXS, quants.IQ2_XS, quants.IQ2_S, quants.IQ1_S, quants.IQ3_XXS, quants.IQ3_S):
        kind.init_grid()
        grid = kind.grid.reshape(kind.grid_shape)
        positions = {float(value): position for position, value in enumerate(kind.grid_map)}
        width = 2 if kind.grid_shape[1] == 8 else 3
        for values in grid:
            target.write(struct.pack("<H", sum(positions[float(v)] << (width * i) for i, v in enumerate(values))))
