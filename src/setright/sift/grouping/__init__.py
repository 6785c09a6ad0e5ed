"""How texts are grouped: neighbours, a graph of them, its resolution, what belongs nowhere. `group` is the stage."""
