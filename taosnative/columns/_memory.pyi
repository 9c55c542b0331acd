from typing import final

@final
class Memory:
    @property
    def n_bytes(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
