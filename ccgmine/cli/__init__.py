"""The command line: parse, call one function, render. The only code that prints or exits."""
