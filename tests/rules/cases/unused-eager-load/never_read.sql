-- expect: Book.author at app/views.py:7 severity=info confidence=possible
-- expect: Book.reviews at app/detail.py:9 severity=info
-- patch: insert into eager_loads by name select 'app/views.py:7' as place, 'Book.author' as relationship, 'joinedload' as option, 'sqlalchemy' as library, 3 as executions, 36 as objects, 12 as largest, false as is_used
-- patch: insert into eager_loads by name select 'app/detail.py:9' as place, 'Book.reviews' as relationship, 'selectinload' as option, 'sqlalchemy' as library, 5 as executions, 5 as objects, 1 as largest, false as is_used
select 1;
