"""Tables of scores in the shapes that people and tools write."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(  # ragas: a row a question, a column a metric
        "ragas.csv",
        "user_input,retrieved_contexts,response,reference,faithfulness,answer_relevancy\n"
        "who,['c'],He,Him,1.0,0.5\nwhat,['c'],It,It,0.5,\n",
        {"ragas": 0.75},
        2,
        metric="faithfulness",
    ),
    Shape(  # LangSmith: what a call cost is no score, and an error has none
        "langsmith.csv",
        "id,inputs,outputs,status,error,latency,correctness\n"
        "a1,x,y,success,,1.2,1\na2,x,y,success,,0.4,0\na3,x,y,error,boom,0.2,\n",
        {"langsmith": 0.5},
        3,
        metric="correctness",
    ),
    Shape(  # Langfuse: a row a score
        "langfuse.csv",
        "id,traceId,name,value,dataType,source\ns1,t1,helpful,0.5,NUMERIC,EVAL\n"
        "s2,t1,toxic,0,BOOLEAN,EVAL\ns3,t2,helpful,1,NUMERIC,EVAL\n",
        {"langfuse": 0.75},
        2,
        metric="helpful",
    ),
    Shape(  # MLflow and W&B: a table in JSON
        "eval_results_table.json",
        {
            "columns": ["request", "outputs", "exact_match/v1/score", "latency"],
            "data": [["a", "b", 1, 0.1], ["c", "d", 0, 0.2]],
        },
        {"eval_results_table": 0.5},
        2,
        metric="exact_match/v1/score",
    ),
    Shape(  # LiveBench
        "ground_truth_judgment.jsonl",
        [
            {"question_id": f"q{n}", "task": "t", "model": "m", "score": n % 2, "turn": 1}
            for n in range(4)
        ],
        {"m": 0.5},
        4,
    ),
    Shape(  # the columns are metrics, whose values are no models'
        "metrics.csv",
        "chunk,faithfulness,answer_relevancy\nc1,1,0.5\nc2,0,0.25\n",
        says="say --item",
    ),
    Shape("wide.csv", "question,a,b\nq1,True,C\nq2,False,\n", {"a": 0.5, "b": 1.0}, 2),
    Shape("wide.tsv", "model\tq1\tq2\tq3\nm\t1\t0\t\nn\t1\t1\t1\n", {"m": 0.5, "n": 1.0}, 3),
    Shape(
        "runs.csv",
        "model,item,run,score\nm,q1,0,1\nm,q1,1,0\nm,q2,0,1\nm,q2,1,1\n",
        {"m": 0.75},
        2,
    ),
    Shape(
        "words.csv", "model,item,score\nm,q1,C\nm,q2,I\nm,q3,\nn,q1,true\n", {"m": 0.5, "n": 1.0}, 3
    ),
    Shape(
        "judged.csv",
        "judge,prompt_id,slot,author,correct\n"
        + "".join(
            f"{judge},{prompt},{slot},{author},{int(author == 'x')}\n"
            for judge in ("j", "k")
            for prompt in ("p1", "p2")
            for slot, author in enumerate(("x", "y") if judge == "j" else ("y", "x"))
        ),
        {"j": 0.5, "k": 0.5},
        4,
        metric="correct",
    ),
    Shape("repeats.csv", "model,item,correct\nm,q1,1\nm,q1,0\n", says="2 rows an item"),
    Shape("nameless.csv", "f1,bleu\n0.5,0.25\n1,0.5\n", says="say --item row"),
    Shape("averages.csv", "metric,average,std\nf1,0.5,0.1\n", says="averages, one row a metric"),
    Shape(
        "board.csv", "model,mmlu,gsm8k\nm,60.5,40.1\nn,61.2,41.0\n", says="a leaderboard: averages"
    ),
    Shape(
        "names.csv",
        "name,win_rate,avg_length,link\nm,50.5,1200,\nn,40.1,1300,\n",
        says="a leaderboard: averages of 2 models",
    ),
    Shape("mixed.csv", "question,a,length\nq1,1,1200\nq2,0,800\n", says="on one scale"),
    Shape("summed.csv", "question,a,b,mean\nq1,1,0,0.5\nq2,1,1,1\n", {"a": 1.0, "b": 0.5}, 2),
    Shape(
        "nested.json",
        {"m": {"q1": 1, "q2": 0, "q3": 1}, "n": {"q1": True}},
        {"m": 2 / 3, "n": 1.0},
        3,
    ),
    Shape(
        "averages.json",
        {"m": {"mmlu": 60.5, "gsm8k": 40.1}, "n": {"mmlu": 61.5}},
        says="a leaderboard",
    ),
    Shape(
        "wrapped.json",
        {
            "model": "org/m",
            "date": "today",
            "results": [
                {"question_id": n, "correct": n == 0, "choices": ["a"], "answer": "a"}
                for n in (0, 1)
            ],
        },
        {"org/m": 0.5},
        2,
    ),
    Shape("percent.csv", "model,question,score\nm,q1,85%\nm,q2,15%\n", {"m": 0.5}, 2),
    Shape("comma.csv", "id;model;score\n1;m;0,5\n2;m;1,0\n", {"m": 0.75}, 2),
    Shape(
        "frame.csv",
        "sample_id,model,score_match,score_f1\n1,m,C,0.5\n2,m,I,0.5\n",
        {"m": 0.5},
        2,
        metric="score_match",
    ),
    Shape("values.csv", "metric,value\naccuracy,0.5\nf1,0.25\n", says="averages, one row a metric"),
    Shape("means.csv", "model,accuracy\nm,0.5\nn,0.25\n", says="averages of 2 models (accuracy)"),
    Shape("empty.csv", "model,item,score\n", says="no rows"),
]
