"""Two instructions that numba has no name for: trailing zero bits, and eight bytes from any place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Code = tuple[Any, Callable[..., Any]]


def _trailing_zeros(typing: Any, value: Any) -> Code:
    """Of a uint64 that is not zero."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), code


def _load(typing: Any, data: Any, place: Any) -> Code:
    """Eight bytes of a uint8 array as a little-endian uint64; nothing checks that they lie within it."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, given[0])
        pointer = cgutils.gep_inbounds(builder, array.data, given[1])
        word = builder.bitcast(pointer, ir.IntType(64).as_pointer())
        return builder.load(word, align=1)

    return types.uint64(data, types.intp), code


trailing_zeros = intrinsic(_trailing_zeros)
load = intrinsic(_load)
