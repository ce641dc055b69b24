"""How money, times and reasons are said to people: used by the pages and the emails alike. Text only, no I/O."""
