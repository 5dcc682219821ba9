"""Who is who: groups without a name, and people by what was said of their faces."""
