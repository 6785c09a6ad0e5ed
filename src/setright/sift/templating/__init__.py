"""The hands of `template`: clauses of texts, the campaigns in which they recur, and who carries one."""
