"""What may become a memory: rules that look at a model's answer and at the turns, not at a model.

A model is asked not to answer greetings, refusals, passing states, templates, tool output and
instructions. One that is talked into it, or too weak to tell, is checked here. Each rule is
precise: what cannot be told apart from a true fact is let through.
"""
