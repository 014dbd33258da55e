"""Installing and running everything on one machine: broker, web server, workers."""
