"""The verbs: one public function each, the same from Python, the command line and the browser."""

# Where each verb's function lies. Imported when called: `pippin --help` must not load what training needs.
VERBS = {
    "inspect": "pippin.verbs.inspect:inspect",
    "train": "pippin.verbs.train:train",
    "predict": "pippin.verbs.predict:predict",
    "teach": "pippin.verbs.teach:teach",
    "undo": "pippin.verbs.undo:undo",
    "query": "pippin.verbs.query:query",
    "evaluate": "pippin.verbs.evaluate:evaluate",
    "compare": "pippin.verbs.compare:compare",
    "curve": "pippin.curves.curve:curve",
    "explain": "pippin.verbs.explain:explain",
    "export": "pippin.verbs.export:export",
    "pull": "pippin.verbs.pull:pull",
    "models": "pippin.verbs.models:models",
    "use": "pippin.verbs.models:use",
    "rm": "pippin.verbs.models:rm",
    "history": "pippin.verbs.history:history",
    "save_as": "pippin.verbs.models:save_as",
    "erase": "pippin.verbs.erase:erase",
    "runs": "pippin.verbs.runs:runs",
    "stop": "pippin.verbs.runs:stop",
    "delete_run": "pippin.verbs.delete_run:delete_run",
}
OWN = {
    "list": ("pippin.verbs.applications:listing", "List the applications and what each is for."),
    "studio": ("pippin.web.command:studio", "Open every application in the browser."),
    "serve": ("pippin.web.serving.command:serve", "Serve models to programs, by the Open Inference Protocol."),
    "learn": ("pippin.lessons.command:learn", "Learn what deep learning is by doing it."),
    "demo": ("pippin.verbs.demo:demo", "Run every built-in model on its own sample."),
    "doctor": ("pippin.verbs.doctor:doctor", "Check the installation and list what is missing."),
    "data": ("pippin.verbs.datasets:data", "List public data sets, or fetch the one named."),
    "erase": ("pippin.verbs.erase:erase_everything", "Erase everything of yours, of all applications."),
    "check": ("pippin.conformance.check:check", "Run the conformance checks on an application."),
    "new": ("pippin.verbs.new:new", "Create an application of your own from a template."),
}
