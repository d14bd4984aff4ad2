"""The faces: command line, HTTP API, Streamlit pages. No logic lives here."""
