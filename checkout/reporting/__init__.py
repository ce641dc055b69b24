"""Read models of pages and exports: SELECT only, bounded, and never more than the reader's reach."""
