"""`python -m setright.cli`."""

from setright.cli import main

main()
