"""The Streamlit pages, a client of the HTTP API."""
