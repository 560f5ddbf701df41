"""Finds of the PHI screen in authored visits that were read and are invented: no person stands behind them.

A line holds the digest (see ``review_digest``), the record and the kind; ``medscribe corpora check --digests`` writes
such lines. A line may be added only after the text has been read.
"""

from __future__ import annotations

_LINES = """
648a86c2b3127716 ac-004 name
25f417bce06da2de ac-004 name
559ed85cffe2cd0b ac-007 name
049087e1859d417d ac-013 name
537038d5ce7c5f6a ac-014 name
dec9ab7eb2fd9ae7 ac-019 name
59088702c7743e86 im-001 name
4d29ea9342482e8e im-002 name
6ce4134845513d71 im-005 name
b9fde16a68cee400 im-006 name
d7b64a2d8c8c1503 im-007 name
04b34db3e058d019 im-009 name
427a74a1b4edcc72 im-011 name
c6671139509fad8a im-016 name
0a4c389ed9aeedd8 im-018 name
317c3a1b637e0265 im-023 name
a5297b85c060d3e3 im-027 name
e30e5d077851a124 im-028 name
faacbf0e9e907ad5 im-032 name
785e52b796181dad im-035 name
52d45812282d33dc rx-033 name
debe4cec37515415 rx-040 name
e05f26eb61c4bec2 rx-048 date
69c4635a0d315ced rx-048 date
f2c10bc9449f46d1 ox-023 date
cee849d47b7c3390 nx-046 date
43bf1e42bcfec0ae nx-046 date
4b8d5037735a08d1 sx-005 name
944d53b132526b73 sx-006 name
9066e75ac2cb0289 sx-009 date
940ea00b69df446f qx-001 name
f9a107a318c4ba01 qx-005 name
52dd711f05124d57 qx-008 name
420cdcb1dc904807 qx-012 name
6b75177ac1b69abb qx-017 name
ba58d853bf1e2ab5 qx-021 name
c0bec57a749a745d qx-026 name
5148e08c9141620e qx-044 name
72944c6b39225853 qx-045 name
6c37a66a2b3946f2 wp-006 name
33c8e34f9c4945ce wp-026 name
2569883f98015618 yx-018 name
075fb631f84bd5cb yx-029 name
bf534aab571db827 yx-031 name
f209843c372ea7a3 vx-001 name
3ef1fa54da70199c vx-022 name
9b3e165e023637fd vx-035 name
"""
REVIEWED: frozenset[str] = frozenset(line.split()[0] for line in _LINES.split("\n") if line)
