"""What numba has no name for: counting bits, items and eight bytes from any place, one bit of each of 64 bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Code = tuple[Any, Callable[..., Any]]


def _trailing_zeros(typing: Any, value: Any) -> Code:
    """Of a uint64; 64 when it is zero."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), code


def _load(typing: Any, data: Any, place: Any) -> Code:
    """Eight bytes of a uint8 array as a little-endian uint64; nothing checks that they lie within it."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, given[0])
        pointer = cgutils.gep_inbounds(builder, array.data, given[1])
        word = builder.bitcast(pointer, ir.IntType(64).as_pointer())
        return builder.load(word, align=1)

    return types.uint64(data, types.intp), code


def _item(typing: Any, data: Any, place: Any) -> Code:
    """An item of an array of numbers. An index may not be negative: the look at it keeps loops from being vectors."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, given[0])
        return builder.load(cgutils.gep_inbounds(builder, array.data, given[1]))

    return data.dtype(data, types.intp), code


def _ones(typing: Any, value: Any) -> Code:
    """How many bits of a uint64 are set."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return types.uint64(types.uint64), code


def _bits(typing: Any, data: Any, place: Any, mask: Any) -> Code:
    """Bit i is set when byte i of 64 has a bit in common with the mask; LLVM makes one to four instructions of it."""
    vector = ir.VectorType(ir.IntType(8), 64)

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, given[0])
        pointer = cgutils.gep_inbounds(builder, array.data, given[1])
        loaded = builder.load(builder.bitcast(pointer, vector.as_pointer()), align=1)
        one = builder.insert_element(ir.Constant(vector, ir.Undefined), given[2], ir.Constant(ir.IntType(32), 0))
        every = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64))
        zero = ir.Constant(vector, [0] * 64)
        return builder.bitcast(builder.icmp_unsigned("!=", builder.and_(loaded, every), zero), ir.IntType(64))

    return types.uint64(data, types.intp, types.uint8), code


trailing_zeros = intrinsic(_trailing_zeros)
load = intrinsic(_load)
item = intrinsic(_item)
ones = intrinsic(_ones)
bits = intrinsic(_bits)
