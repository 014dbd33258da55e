"""Charts as inline SVG: classes of base.css give the colours, so light and dark share one drawing.

Figures go in as numbers, never text of others: labels stand in the templates' HTML or are escaped.
"""
