-- $1 the host id. A watch keeps its rows from now on: they read as unknown when it is gone, until it says otherwise.
update plumbline.hosts set watching_since = now() where host_id = $1
