"""LangChain: its own interfaces over our parts, for any chain, and the chain in which they answer a question."""
