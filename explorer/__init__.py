"""Frames to charts: the Streamlit explorer."""
