-- A newer whole record of an activity may say that nobody shared it after all: then ingest takes the row back.
grant delete on shared_twin_interactions to twin_app;
