"""LangChain's interfaces over ours, and the chain that joins them."""
