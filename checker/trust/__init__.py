"""What a change does to its own judge: what it proposes, loosens, takes out of judgement, and who approved of it."""
