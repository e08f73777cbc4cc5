"""How often hw2check's verdicts and hints are true, measured against an oracle of its own."""
