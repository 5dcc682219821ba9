"""Not yet."""
def answer(request, world):
    return None
