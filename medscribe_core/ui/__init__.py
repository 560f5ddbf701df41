"""What the Streamlit pages are made of; the only package besides pages/ that imports streamlit."""
