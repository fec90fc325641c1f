"""新建批次向导: one file per step; `frame` holds them together."""
