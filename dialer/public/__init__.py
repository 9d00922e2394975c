"""The page for the people called: they refuse calls, or set their hours, after proving the number by a code."""
