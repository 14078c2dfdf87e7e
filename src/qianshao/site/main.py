"""`python -m qianshao.site.main`: the command without its script, for processes that start one another."""

from qianshao.site.cli import main

main()
