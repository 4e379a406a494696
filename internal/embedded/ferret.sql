-- FerretDB asks for equality as _jsonb->'field' @> value, which its own B-tree
-- indexes do not serve: every find would read the whole table. So each index that
-- it makes becomes one that does: GIN over the first field, or, of a unique
-- index, which has to stay, one beside it over each field. What follows the first
-- field of an index is there for order, which FerretDB does by itself in memory.
create or replace function public.serve_equality() returns event_trigger language plpgsql as $$
declare
	made record;
	field text;
begin
	for made in
		select i.indexrelid, i.indisunique, i.indnkeyatts, n.nspname, t.relname as "table", c.relname as name
		from pg_event_trigger_ddl_commands() d
		join pg_index i on d.classid = 'pg_class'::regclass and i.indexrelid = d.objid
		join pg_class c on c.oid = i.indexrelid
		join pg_am a on a.oid = c.relam and a.amname = 'btree'
		join pg_class t on t.oid = i.indrelid and t.relname not like '\_ferretdb\_%'
		join pg_namespace n on n.oid = t.relnamespace
		where exists (select from pg_attribute f where f.attrelid = i.indrelid and f.attname = '_jsonb')
	loop
		if not made.indisunique then
			field := pg_get_indexdef(made.indexrelid, 1, false);
			execute format('drop index %I.%I', made.nspname, made.name);
			execute format('create index %I on %I.%I using gin ((%s) jsonb_path_ops) with (gin_pending_list_limit = 64)',
				made.name, made.nspname, made."table", field);
			continue;
		end if;
		for i in 1 .. made.indnkeyatts loop
			field := pg_get_indexdef(made.indexrelid, i, false);
			execute format('create index if not exists %I on %I.%I using gin ((%s) jsonb_path_ops) with (gin_pending_list_limit = 64)',
				'eq_' || left(md5(made."table" || field), 24), made.nspname, made."table", field);
		end loop;
	end loop;
end
$$;

do $$
begin
	if not exists (select from pg_event_trigger where evtname = 'serve_equality') then
		create event trigger serve_equality on ddl_command_end when tag in ('CREATE INDEX') execute function public.serve_equality();
	end if;
	-- Both the field's name and its value are parameters; an index is found when they are known.
	execute format('alter database %I set plan_cache_mode = force_custom_plan', current_database());
end
$$;
