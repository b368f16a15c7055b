"""Where which key works, the user's own keys, and the palette that is made of them."""
