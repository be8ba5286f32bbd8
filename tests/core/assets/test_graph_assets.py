"""Graph assets: tasks connected by calling them."""

import pytest

import rivers_core as rs
from rivers_core.assets.composition import filled
from rivers_core.assets.results import call
from rivers_core.exceptions import AssetDefinitionError, GraphValidationError


@rs.Asset
def gauges():
    return [3, 1]


@rs.Task
def highest(levels):
    return max(levels)


@rs.Task(retry=rs.RetryPolicy(3))
def scaled(context, value, factor=2, offset=0):
    return value * factor + offset


def value_of(repository, name, inputs):
    """Run the tasks of a graph asset as a worker does."""
    computation = repository.definitions.computation(name)
    results = []
    for task in computation.tasks:
        values = {parameter: filled(given, results, inputs) for parameter, given in task.arguments.items()}
        values |= {resource: repository.definitions.resources[resource] for resource in task.resources}
        if task.context_parameter:
            values[task.context_parameter] = "the context"
        results.append(call(task.function, values))
    return computation.graph.value(results, inputs)


def test_the_result_of_the_last_task_is_the_value():
    @rs.Asset.from_graph(name="tide")
    def tide(gauges):
        return scaled(highest(gauges), factor=10)

    repository = rs.CodeRepository(assets=[tide, gauges], tasks=[highest, scaled])

    assert value_of(repository, "tide", {"gauges": [3, 1]}) == 30
    assert [one.asset for one in repository.definitions.asset("tide").upstream] == ["gauges"]


def test_inner_steps_are_named_after_graph_and_task():
    @rs.Asset.from_graph(name="tide")
    def tide(gauges):
        first = scaled(highest(gauges))
        return scaled(first, offset=first)

    tasks = rs.CodeRepository(assets=[tide, gauges]).definitions.computation("tide").tasks

    assert [task.name for task in tasks] == ["tide/highest", "tide/scaled", "tide/scaled_2"]
    assert [task.retry for task in tasks] == [None, rs.RetryPolicy(3), rs.RetryPolicy(3)]


def test_constants_and_structures_of_results_are_handed_on():
    @rs.Task
    def summed(parts, extra):
        return sum(parts) + extra["one"]

    @rs.Asset.from_graph(name="tide")
    def tide(gauges):
        top = highest(gauges)
        return {"sum": summed([top, top, 1], extra={"one": top}), "top": top}

    repository = rs.CodeRepository(assets=[tide, gauges])
    assert value_of(repository, "tide", {"gauges": [3, 1]}) == {"sum": 10, "top": 3}


def test_a_task_receives_resources_by_name_and_the_context():
    @rs.Task
    def labeled(context, value, unit):
        return f"{context}: {value} {unit}"

    @rs.Asset.from_graph(name="tide")
    def tide(gauges):
        return labeled(highest(gauges))

    repository = rs.CodeRepository(assets=[tide, gauges], resources={"unit": "m"})
    assert value_of(repository, "tide", {"gauges": [3]}) == "the context: 3 m"


def test_a_graph_may_take_a_resource_and_the_context_as_inputs():
    @rs.Task
    def labeled(value, unit, who):
        return f"{who}: {value} {unit}"

    @rs.Asset.from_graph(name="tide")
    def tide(context, gauges, unit):
        return labeled(highest(gauges), unit, who=context)

    repository = rs.CodeRepository(assets=[tide, gauges], resources={"unit": "m"})
    assert value_of(repository, "tide", {"gauges": [3], "unit": "m", "context": "run 1"}) == "run 1: 3 m"


def test_a_graph_without_name_is_called_like_its_function():
    @rs.Asset.from_graph()
    def tide(gauges):
        return highest(gauges)

    assert tide.name == "tide"


def test_a_task_is_called_like_the_plain_function_outside_of_graphs():
    assert highest([1, 9]) == 9
    assert scaled(None, 3, factor=3) == 9


def refused(body):
    with pytest.raises(AssetDefinitionError) as raised:
        rs.Asset.from_graph(name="tide")(body)
    return str(raised.value)


@pytest.mark.parametrize(
    "use",
    [
        lambda value: value[0],
        lambda value: value + 1,
        list,
        lambda value: 1 if value else 2,
        lambda value: value > 3,
        lambda value: value(),
        len,
    ],
)
def test_values_do_not_exist_while_a_graph_is_composed(use):
    def body(gauges):
        return use(highest(gauges))

    message = refused(body)
    assert "the result of the task 'highest' has no value yet" in message
    assert "test_graph_assets.py:" in message


def test_mapping_a_task_over_elements_is_refused_by_name():
    def body(gauges):
        return highest(gauges).map(scaled).collect()

    assert "does not map a task over the elements" in refused(body)


def test_an_asset_called_in_a_graph_is_sent_to_the_parameters():
    def body():
        return highest(gauges())

    assert "take its value as a parameter named 'gauges'" in refused(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda gauges: highest(gauges, 2), "with 2 values, but it takes 1: levels"),
        (lambda gauges: highest(level=gauges), "with level=, but it takes levels"),
        (lambda gauges: highest(gauges, levels=gauges), "with two values for 'levels'"),
        (lambda gauges: 3, "calls no task"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_where_it_is_written(body, words):
    message = refused(body)
    assert words in message
    assert "test_graph_assets.py:" in message


def test_a_graph_that_is_async_or_a_generator_is_refused():
    async def waiting(gauges): ...

    def yielding(gauges):
        yield highest(gauges)

    assert "must be a plain one" in refused(waiting)
    assert "must be a plain one" in refused(yielding)


def test_a_task_without_a_value_for_a_parameter_is_a_problem():
    @rs.Asset.from_graph(name="tide")
    def tide():
        return highest()

    with pytest.raises(GraphValidationError, match="calls the task 'highest' without a value for 'levels'"):
        rs.CodeRepository(assets=[tide]).validate()


def test_a_task_decorates_one_function():
    assert rs.Task(name="top")(highest.function).name == "top"
    with pytest.raises(AssetDefinitionError, match="decorates one function"):
        rs.Task(name="top")(1)
    with pytest.raises(AssetDefinitionError, match="unknown argument 'retries'"):
        rs.Task(retries=3)


def test_what_belongs_to_the_graph_is_accepted_on_a_task():
    assert rs.Task(highest.function, name="top", io_handler="lake", partitions_def="days").name == "top"


def test_a_model_named_by_a_task_is_the_config_of_the_graph():
    from pydantic import BaseModel

    class Scale(BaseModel):
        factor: int = 2

    @rs.Task
    def by_config(context: rs.TaskExecutionContext[Scale], value):
        return value * context.config.factor

    @rs.Asset.from_graph(name="tide")
    def tide(gauges):
        return by_config(highest(gauges))

    computation = rs.CodeRepository(assets=[tide, gauges]).definitions.computation("tide")
    assert computation.config_for({"tide": {"factor": 5}}) == Scale(factor=5)
