"""Writes the .npy files of this folder with NumPy: python make.py"""
import numpy as np

for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
    np.save(f"{kind}.npy", np.arange(6, dtype=kind).reshape(2, 3))
np.save("b1.npy", np.arange(6) % 2 == 1)
np.save("big.npy", np.arange(6, dtype=">f4"))
np.save("scalar.npy", np.array(0, "i4"))
np.save("fortran.npy", np.asfortranarray(np.arange(6.0).reshape(2, 3)))
with open("version3.npy", "wb") as f:
    np.lib.format.write_array(f, np.arange(3, dtype="i4"), version=(3, 0))
