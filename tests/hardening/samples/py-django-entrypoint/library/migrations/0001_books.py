from django.db import migrations, models


def first(apps, _):
    apps.get_model("library", "Book").objects.create(title="Der Schimmelreiter")


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.CharField(max_length=200)),
            ],
        ),
        migrations.RunPython(first),
    ]
