"""What readers see: pictures, tables and the report."""
