"""HTTP: translates requests into calls of the domain and its answers into JSON; decides nothing."""
