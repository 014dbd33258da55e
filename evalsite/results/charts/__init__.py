"""Charts without script: `specs` declares them, `render` draws them, `gallery` names them.

Row charts and marks in table cells are HTML with small SVG of our own (`intervals`,
`distributions`): their text reflows and is read aloud.
"""
