-- expect: nothing
-- patch: insert into eager_loads by name select 'app/views.py:7' as place, 'Book.author' as relationship, 'joinedload' as option, 'sqlalchemy' as library, 3 as executions, 36 as objects, 12 as largest, true as is_used
-- patch: insert into eager_loads by name select 'app/detail.py:9' as place, 'Book.reviews' as relationship, 'selectinload' as option, 'sqlalchemy' as library, 4 as executions, 4 as objects, 1 as largest, false as is_used
select 1;
