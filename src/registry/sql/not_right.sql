-- $1 the host id. Its rows are no snapshot: they read as unknown while no lock says that a watch has them right.
update plumbline.hosts set watching_since = now() where host_id = $1 and watching_since is null
