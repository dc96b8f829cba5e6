"""Changes the function in many small ways, and says which of them no test notices."""
